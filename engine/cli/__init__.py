"""The command line, ``python -m engine …``. One file per command or group of commands.

What a command needs is imported when it runs, so that ``--help`` answers at once.
"""

import errno

import typer
from typer.core import TyperGroup

from engine import __version__
from engine.cli import (
    bring,
    choose,
    data,
    encode,
    ensemble,
    evaluate,
    export,
    fit,
    ground,
    hub,
    index,
    listen,
    report,
    reproduce,
    results,
    saliency,
    search,
    spaces,
    train,
    train_dual,
)
from engine.errors import TwoviewError


class Commands(TyperGroup):
    """Prints what a person can mend as one line on stderr and exits with 2, without a traceback."""

    def invoke(self, context):
        try:
            return super().invoke(context)
        except TwoviewError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from None
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            typer.echo("The disk is full. Make room and try again: a training that was broken off goes on with --resume.", err=True)
            raise typer.Exit(2) from None


app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)


@app.callback(invoke_without_command=True)
def main(version: bool = typer.Option(False, "--version", help="Print the version and leave.")) -> None:
    """Train, measure and search models that learn from pairs."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


app.add_typer(data.app, name="data")
for command in (train.train, train_dual.train_dual, fit.fit, encode.encode, bring.bring, choose.choose, ensemble.ensemble, evaluate.evaluate, search.search, index.index, listen.listen, listen.measure_listening, ground.ground, ground.measure_grounding, ground.combine, saliency.saliency, saliency.measure_saliency, spaces.spaces, report.report, reproduce.reproduce, results.results, hub.push, hub.pull, export.export):
    app.command()(command)
