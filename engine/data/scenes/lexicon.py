"""Words for what can be seen: nouns with plurals, wider terms, verbs, attributes, places, times."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """``nouns`` are (singular, plural) pairs, the usual one first; ``wider`` are terms that cover more than this class.

    ``verbs`` are (base form, -ing form) for what such a thing does when nothing else is known about it.
    """

    nouns: tuple[tuple[str, str], ...]
    wider: tuple[tuple[str, str], ...]
    verbs: tuple[tuple[str, str], ...]


STAND, SIT, LIE, GROW = ("stand", "standing"), ("sit", "sitting"), ("lie", "lying"), ("grow", "growing")
FLY, FLOAT, DRIFT, SHINE = ("fly", "flying"), ("float", "floating"), ("drift", "drifting"), ("shine", "shining")
GRAZE, WAIT, REST, HANG, PARK = ("graze", "grazing"), ("wait", "waiting"), ("rest", "resting"), ("hang", "hanging"), ("stand", "parked")

ANIMAL, FARM_ANIMAL, WILD = ("animal", "animals"), ("farm animal", "farm animals"), ("wild animal", "wild animals")
PET, BIRD, INSECT = ("pet", "pets"), ("bird", "birds"), ("insect", "insects")
VEHICLE, PLANT, TREE, BUILDING = ("vehicle", "vehicles"), ("plant", "plants"), ("tree", "trees"), ("building", "buildings")
FRUIT, TREAT, FURNITURE, TOY = ("piece of fruit", "pieces of fruit"), ("treat", "treats"), ("piece of furniture", "pieces of furniture"), ("toy", "toys")

LEXICON: dict[str, Words] = {
    "dog": Words((("dog", "dogs"), ("puppy", "puppies"), ("hound", "hounds")), (ANIMAL, PET), (STAND, WAIT)),
    "cat": Words((("cat", "cats"), ("kitten", "kittens"), ("kitty", "kitties")), (ANIMAL, PET), (STAND, WAIT)),
    "rabbit": Words((("rabbit", "rabbits"), ("bunny", "bunnies"), ("hare", "hares")), (ANIMAL,), (SIT, REST)),
    "horse": Words((("horse", "horses"), ("pony", "ponies")), (ANIMAL, FARM_ANIMAL), (STAND, GRAZE)),
    "cow": Words((("cow", "cows"),), (ANIMAL, FARM_ANIMAL), (STAND, GRAZE)),
    "sheep": Words((("sheep", "sheep"), ("lamb", "lambs")), (ANIMAL, FARM_ANIMAL), (STAND, GRAZE)),
    "pig": Words((("pig", "pigs"), ("piglet", "piglets")), (ANIMAL, FARM_ANIMAL), (STAND, WAIT)),
    "duck": Words((("duck", "ducks"),), (BIRD, ANIMAL), (STAND, REST)),
    "chicken": Words((("chicken", "chickens"),), (BIRD, FARM_ANIMAL), (STAND, WAIT)),
    "penguin": Words((("penguin", "penguins"),), (BIRD, ANIMAL), (STAND, WAIT)),
    "bear": Words((("bear", "bears"),), (ANIMAL, WILD), (STAND, REST)),
    "fox": Words((("fox", "foxes"),), (ANIMAL, WILD), (STAND, WAIT)),
    "camel": Words((("camel", "camels"),), (ANIMAL,), (STAND, REST)),
    "elephant": Words((("elephant", "elephants"),), (ANIMAL, WILD), (STAND, ("walk", "walking"))),
    "giraffe": Words((("giraffe", "giraffes"),), (ANIMAL, WILD), (STAND, ("walk", "walking"))),
    "owl": Words((("owl", "owls"),), (BIRD, ANIMAL), (SIT, REST)),
    "turtle": Words((("turtle", "turtles"), ("tortoise", "tortoises")), (ANIMAL,), (REST, ("crawl", "crawling"))),
    "crab": Words((("crab", "crabs"),), (ANIMAL,), (SIT, ("crawl", "crawling"))),
    "butterfly": Words((("butterfly", "butterflies"),), (INSECT,), (("flutter", "fluttering"), FLY)),
    "car": Words((("car", "cars"), ("automobile", "automobiles")), (VEHICLE,), (PARK, STAND)),
    "bus": Words((("bus", "buses"), ("coach", "coaches")), (VEHICLE,), (PARK, WAIT)),
    "truck": Words((("truck", "trucks"), ("lorry", "lorries")), (VEHICLE,), (PARK, STAND)),
    "tractor": Words((("tractor", "tractors"),), (VEHICLE, ("farm vehicle", "farm vehicles")), (STAND, PARK)),
    "bicycle": Words((("bicycle", "bicycles"), ("bike", "bikes")), (("two-wheeler", "two-wheelers"), VEHICLE), (PARK, STAND)),
    "sailboat": Words((("sailboat", "sailboats"), ("sailing boat", "sailing boats"), ("boat", "boats")), (("vessel", "vessels"),), (("sail", "sailing"), FLOAT)),
    "airplane": Words((("airplane", "airplanes"), ("plane", "planes"), ("jet", "jets")), (("aircraft", "aircraft"),), (FLY, ("pass", "passing"))),
    "hot-air balloon": Words((("hot-air balloon", "hot-air balloons"), ("balloon", "balloons")), (("aircraft", "aircraft"),), (FLOAT, DRIFT)),
    "tree": Words((("tree", "trees"), ("leafy tree", "leafy trees")), (PLANT,), (STAND, GROW)),
    "pine tree": Words((("pine tree", "pine trees"), ("fir tree", "fir trees"), ("pine", "pines"), ("conifer", "conifers")), (TREE, ("evergreen", "evergreens")), (STAND, GROW)),
    "palm tree": Words((("palm tree", "palm trees"), ("palm", "palms")), (TREE,), (STAND, GROW)),
    "cactus": Words((("cactus", "cacti"), ("prickly cactus", "prickly cacti")), (PLANT,), (STAND, GROW)),
    "flower": Words((("flower", "flowers"), ("blossom", "blossoms")), (PLANT,), (GROW, ("bloom", "blooming"))),
    "sunflower": Words((("sunflower", "sunflowers"),), (("flower", "flowers"), PLANT), (GROW, ("bloom", "blooming"))),
    "mushroom": Words((("mushroom", "mushrooms"), ("toadstool", "toadstools")), (("fungus", "fungi"),), (GROW, STAND)),
    "house": Words((("house", "houses"), ("cottage", "cottages"), ("home", "homes")), (BUILDING,), (STAND,)),
    "barn": Words((("barn", "barns"),), (BUILDING, ("farm building", "farm buildings")), (STAND,)),
    "lighthouse": Words((("lighthouse", "lighthouses"),), (("tower", "towers"), BUILDING), (STAND, ("rise", "rising"))),
    "windmill": Words((("windmill", "windmills"), ("mill", "mills")), (BUILDING,), (STAND, ("turn", "turning"))),
    "castle": Words((("castle", "castles"), ("fortress", "fortresses")), (BUILDING,), (STAND,)),
    "tent": Words((("tent", "tents"), ("camping tent", "camping tents")), (("shelter", "shelters"),), (STAND,)),
    "igloo": Words((("igloo", "igloos"), ("snow house", "snow houses")), (("shelter", "shelters"),), (STAND,)),
    "apple": Words((("apple", "apples"),), (FRUIT,), (LIE, SIT)),
    "banana": Words((("banana", "bananas"),), (FRUIT,), (LIE, REST)),
    "pear": Words((("pear", "pears"),), (FRUIT,), (STAND, SIT)),
    "cake": Words((("cake", "cakes"), ("layer cake", "layer cakes")), (("dessert", "desserts"), TREAT), (STAND, SIT)),
    "ice cream": Words((("ice cream cone", "ice cream cones"), ("ice cream", "ice creams")), (("dessert", "desserts"), TREAT), (STAND, WAIT)),
    "pumpkin": Words((("pumpkin", "pumpkins"),), (("vegetable", "vegetables"), ("squash", "squashes")), (SIT, LIE)),
    "watermelon": Words((("watermelon", "watermelons"), ("melon", "melons")), (FRUIT,), (LIE, REST)),
    "bread": Words((("loaf of bread", "loaves of bread"), ("loaf", "loaves")), (("baked good", "baked goods"),), (LIE, SIT)),
    "chair": Words((("chair", "chairs"), ("wooden chair", "wooden chairs")), (("seat", "seats"), FURNITURE), (STAND,)),
    "table": Words((("table", "tables"), ("wooden table", "wooden tables")), (FURNITURE,), (STAND,)),
    "sofa": Words((("sofa", "sofas"), ("couch", "couches")), (("seat", "seats"), FURNITURE), (STAND,)),
    "lamp": Words((("lamp", "lamps"), ("floor lamp", "floor lamps")), (("light", "lights"),), (STAND,)),
    "clock": Words((("clock", "clocks"),), (("timepiece", "timepieces"),), (SIT, STAND)),
    "cup": Words((("cup of coffee", "cups of coffee"), ("mug", "mugs"), ("cup", "cups")), (("hot drink", "hot drinks"),), (STAND, SIT)),
    "vase": Words((("vase", "vases"), ("vase of flowers", "vases of flowers"), ("flower vase", "flower vases")), (("bouquet", "bouquets"),), (STAND, SIT)),
    "book": Words((("book", "books"),), (("reading", "reading"),), (LIE, REST)),
    "teddy bear": Words((("teddy bear", "teddy bears"), ("teddy", "teddies"), ("stuffed bear", "stuffed bears")), (TOY,), (SIT, WAIT)),
    "teapot": Words((("teapot", "teapots"), ("pot of tea", "pots of tea")), (("pot", "pots"),), (STAND, SIT)),
    "ball": Words((("ball", "balls"), ("beach ball", "beach balls")), (TOY,), (LIE, REST)),
    "umbrella": Words((("umbrella", "umbrellas"), ("parasol", "parasols"), ("sunshade", "sunshades")), (("shade", "shades"),), (STAND,)),
    "bench": Words((("bench", "benches"), ("park bench", "park benches")), (("seat", "seats"),), (STAND,)),
    "mailbox": Words((("mailbox", "mailboxes"), ("letter box", "letter boxes"), ("postbox", "postboxes")), (("box", "boxes"),), (STAND,)),
    "traffic light": Words((("traffic light", "traffic lights"), ("stoplight", "stoplights")), (("signal", "signals"),), (STAND, SHINE)),
    "snowman": Words((("snowman", "snowmen"),), (("snow figure", "snow figures"),), (STAND, WAIT)),
    "campfire": Words((("campfire", "campfires"), ("bonfire", "bonfires")), (("fire", "fires"),), (("burn", "burning"), ("glow", "glowing"))),
    "kite": Words((("kite", "kites"),), (TOY,), (FLY, ("soar", "soaring"))),
    "sun": Words((("sun", "suns"),), (), (SHINE, HANG)),
    "moon": Words((("moon", "moons"),), (), (SHINE, HANG)),
    "cloud": Words((("cloud", "clouds"),), (), (FLOAT, DRIFT)),
    "rainbow": Words((("rainbow", "rainbows"),), (), (("arch", "arching"), ("appear", "appearing"))),
}  # fmt: skip

COLOR_WORDS = {"grey": ("grey", "grey", "silver-grey"), "dark": ("dark brown",), "tan": ("tan", "sandy"), "red": ("red", "red", "bright red"), "green": ("green",), "golden": ("golden", "golden brown")}
SIZE_WORDS = {"small": ("small", "little", "tiny", "small"), "large": ("large", "big", "big", "huge")}

# (class, style or pose) → a word before the noun, or words after it.
BEFORE = {
    ("dog", "spotted"): ("spotted",), ("cat", "striped"): ("striped", "tabby"), ("cow", "spotted"): ("spotted",), ("pig", "spotted"): ("spotted",),
    ("cat", "sleeping"): ("sleeping", "sleepy"), ("bus", "double-decker"): ("double-decker",), ("sailboat", "striped"): ("striped",), ("sailboat", "wooden"): ("wooden",),
    ("hot-air balloon", "striped"): ("striped",), ("mushroom", "spotted"): ("spotted",), ("lighthouse", "striped"): ("striped",), ("tent", "striped"): ("striped",),
    ("pine tree", "snowy"): ("snowy", "snow-covered"), ("pine tree", "decorated"): ("decorated",), ("house", "thatched"): ("thatched",), ("cake", "birthday"): ("birthday",),
    ("pumpkin", "carved"): ("carved",), ("ball", "striped"): ("striped",), ("umbrella", "striped"): ("striped",), ("cup", "striped"): ("striped",), ("cup", "dotted"): ("spotted",),
    ("table", "round"): ("round",), ("clock", "wall"): ("round",), ("clock", "alarm"): ("alarm",), ("book", "open"): ("open",), ("moon", "crescent"): ("crescent",), ("moon", "full"): ("full",),
    ("cloud", "rainy"): ("rainy", "dark"), ("cactus", "tall"): ("tall",), ("cactus", "round"): ("round",), ("watermelon", "whole"): ("whole",), ("teapot", "flowered"): ("flowered",), ("horse", "saddled"): ("saddled",), ("camel", "saddled"): ("saddled",), ("apple", "bitten"): ("half-eaten",),
}  # fmt: skip
AFTER = {
    ("penguin", "scarf"): ("with a red scarf", "wearing a scarf"), ("bicycle", "basket"): ("with a basket of flowers", "with a flower basket"), ("tree", "fruit"): ("full of red apples", "with apples on it"),
    ("palm tree", "coconuts"): ("with coconuts",), ("pine tree", "decorated"): ("with a star on top",), ("cake", "birthday"): ("with three candles",), ("cake", "cherry"): ("with cherries on top",),
    ("ice cream", "double"): ("with three scoops",), ("teddy bear", "bow tie"): ("with a red bow tie", "wearing a bow tie"), ("snowman", "top hat"): ("in a top hat", "with a black hat"), ("snowman", "woolly hat"): ("in a woolly hat", "with a knitted hat"),
    ("truck", "tipper"): ("loaded with earth", "carrying a load"), ("duck", "mallard"): ("with a green head",), ("ball", "starred"): ("with a star on it",), ("sofa", "cushions"): ("with two cushions",),
    ("vase", "roses"): ("with red roses",), ("vase", "daisies"): ("with daisies",), ("vase", "tulips"): ("with yellow tulips",), ("cow", "spotted"): ("with spots",), ("horse", "saddled"): ("with a saddle",), ("camel", "saddled"): ("with a red saddle",), ("mushroom", "spotted"): ("with white dots",), ("apple", "bitten"): ("with a bite taken out",),
    ("castle", "red roofs"): ("with red roofs",), ("castle", "blue roofs"): ("with blue roofs",), ("castle", "purple roofs"): ("with purple roofs",), ("house", "thatched"): ("with a thatched roof",),
}  # fmt: skip
# A style that has its own noun.
STYLE_NOUNS = {
    ("car", "van"): (("van", "vans"), ("minibus", "minibuses")), ("truck", "tipper"): (("dump truck", "dump trucks"),), ("flower", "tulip"): (("tulip", "tulips"),), ("flower", "daisy"): (("daisy", "daisies"),),
    ("chicken", "rooster"): (("rooster", "roosters"), ("cockerel", "cockerels")), ("chicken", "hen"): (("hen", "hens"),), ("banana", "bunch"): (("bunch of bananas", "bunches of bananas"),),
    ("watermelon", "slice"): (("slice of watermelon", "slices of watermelon"), ("slice of melon", "slices of melon")), ("book", "stack"): (("stack of books", "stacks of books"), ("pile of books", "piles of books")),
    ("bread", "sliced"): (("sliced loaf", "sliced loaves"),), ("clock", "wall"): (("wall clock", "wall clocks"),),
}  # fmt: skip
ALWAYS_STYLED = {("banana", "bunch"), ("watermelon", "slice"), ("book", "stack")}
POSES = {"sitting": (SIT,), "sleeping": (("sleep", "sleeping"), ("nap", "napping")), "swimming": (("swim", "swimming"), ("paddle", "paddling")), "flying": (("flutter", "fluttering"), FLY), "resting": (("rest", "resting"), ("flutter", "fluttering"))}
DRIVE = (("drive", "driving"), ("wait", "waiting"))

PLACES: dict[str, tuple[str, ...]] = {
    "beach": ("on the beach", "on a sandy beach", "by the sea", "at the seaside", "on the sand", "at the beach"),
    "meadow": ("in a meadow", "in a green field", "in the grass", "in the countryside", "on a grassy hill", "in the meadow"),
    "farm": ("on a farm", "in a farm field", "on the farm", "near a wooden fence", "in a ploughed field"),
    "forest": ("in the forest", "in the woods", "among the trees", "in a clearing in the woods", "deep in the forest"),
    "street": ("on a city street", "in the city", "in town", "on the street", "in front of colourful houses", "in a busy street"),
    "snow": ("in the snow", "on a snowy field", "in a snowy landscape", "on the snow", "in a white winter landscape"),
    "desert": ("in the desert", "among the sand dunes", "in a sandy desert", "on the hot sand"),
    "savanna": ("on the savanna", "in the dry grassland", "on the African plain", "in the tall dry grass"),
    "lake": ("by a lake", "at the lake", "near the water", "on the shore of a lake", "beside a calm lake"),
    "room": ("in a living room", "in a cosy room", "indoors", "in the house", "in a room with a window"),
    "kitchen": ("on a kitchen table", "in the kitchen", "on the table", "on a table", "on the kitchen counter"),
}  # fmt: skip
OVER: dict[str, tuple[str, ...]] = {
    "beach": ("over the beach", "above the sea"), "meadow": ("over a meadow", "above the hills"), "farm": ("over a farm", "above the fields"),
    "forest": ("in the forest", "above the trees"), "street": ("over the city", "above the rooftops"), "snow": ("over a snowy landscape", "above the snow"),
    "desert": ("over the desert", "above the dunes"), "savanna": ("over the savanna", "above the plain"), "lake": ("over a lake", "above the water"),
    "room": ("on the wall", "on the living room wall"), "kitchen": ("on the wall", "on the kitchen wall"),
}  # fmt: skip
ON_WATER = {"beach": ("on the sea", "at sea", "in the water", "off the beach"), "lake": ("on the lake", "on the water", "across the lake", "in the lake")}
SCENES: dict[str, tuple[str, ...]] = {
    "beach": ("beach scene", "beach", "seaside scene"), "meadow": ("meadow", "green field", "country scene"), "farm": ("farm", "farm scene", "field"), "forest": ("forest", "forest scene", "wood"),
    "street": ("city street", "street scene", "street"), "snow": ("snowy landscape", "winter scene", "snowy scene"), "desert": ("desert", "desert scene", "desert landscape"),
    "savanna": ("savanna", "savanna scene", "dry grassland"), "lake": ("lake", "lakeside scene", "calm lake"), "room": ("living room", "room", "cosy room"), "kitchen": ("kitchen table", "table", "kitchen"),
}  # fmt: skip
MOMENTS: dict[str, tuple[str, ...]] = {
    "morning": ("in the morning", "early in the morning", "on a hazy morning", "at dawn"), "day": ("on a clear day", "on a bright day", "during the day", "in broad daylight"),
    "sunset": ("at sunset", "in the evening", "at dusk", "under a pink sky"), "night": ("at night", "on a starry night", "under the stars", "in the dark"),
}  # fmt: skip
INDOOR_MOMENTS = {"morning": ("in the morning",), "day": ("in daylight", "during the day"), "night": ("at night", "in the evening", "by lamplight")}
TIME_WORDS = {"morning": ("early morning",), "day": ("bright", "sunny"), "sunset": ("sunset",), "night": ("night-time", "dark")}
