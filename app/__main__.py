"""``python -m app`` serves the app to this computer; ``--address 0.0.0.0`` opens it to others on purpose."""

import argparse
import gc
import os
import socket
import sys
from pathlib import Path

from app.asking import kept


def main() -> None:
    asked = _arguments()
    if problem := _port_problem(asked.address, asked.port):
        sys.exit(problem)
    if problem := kept.problem():
        print(f"{problem} The app opens all the same, and computes anew what it cannot keep. Another folder: TWOVIEW_CACHE.", file=sys.stderr)
    if asked.address not in ("localhost", "127.0.0.1", "::1"):
        print(f"Open to whoever reaches {asked.address}:{asked.port}. Only to this computer: leave out --address.", file=sys.stderr)
    else:
        print(f"Twoview opens at http://localhost:{asked.port}. Ctrl+C ends it.", file=sys.stderr)
    gc.disable()  # imports leave little garbage, and looking for it is a quarter of their time: ``warm`` turns it on again
    from streamlit.web import cli

    options = {"server.address": asked.address, "server.port": asked.port, "server.headless": str(asked.headless).lower()}
    sys.argv = ["streamlit", "run", str(Path(__file__).with_name("serve.py")), *(f"--{name}={value}" for name, value in options.items())]
    cli.main()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m app", description="Serve Twoview.")
    parser.add_argument("--address", default=os.environ.get("TWOVIEW_ADDRESS") or "localhost", help="where to listen: this computer only, or 0.0.0.0 for whoever reaches it (TWOVIEW_ADDRESS)")
    parser.add_argument("--port", type=_port, default=8501)
    parser.add_argument("--headless", action="store_true", help="do not open a browser")
    return parser.parse_args()


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 2**16:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to {2**16 - 1}, not {text!r}")
    return int(text)


def _port_problem(address: str, port: int) -> str | None:
    """Why nobody can listen there, in a sentence; None when one can."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(where)
    except socket.gaierror:
        return f"{address!r} is no address of this computer. Leave out --address, or give 0.0.0.0 for all of them."
    except PermissionError:
        return f"Port {port} may not be used by you. Choose one above 1023: python -m app --port 8502, or make demo PORT=8502."
    except OSError:
        return f"Port {port} on {address} is in use: perhaps Twoview runs already, see http://localhost:{port}. Choose another: python -m app --port {port + 1}, or make demo PORT={port + 1}."
    return None


if __name__ == "__main__":
    main()
