"""What tests in a browser share: knowing when the app's page stands."""

DONE = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
FITS = "document.documentElement.scrollWidth <= innerWidth"


def settle(page) -> None:
    """Wait until the page's script has ended and nothing on it is of the run before."""
    page.wait_for_function(DONE)
    page.wait_for_function("!document.querySelector('[data-stale=true]')")
