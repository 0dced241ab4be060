"""Signs the catalogue of models at release: python packaging/catalogue_signing.py KEY.pem.

The key stays with whoever releases; its public half goes to ``resources/keys`` with the release.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
USAGE = "usage: python packaging/catalogue_signing.py KEY.pem"


def main(*arguments: str, root: Path = ROOT) -> int:
    """Sign the catalogue and return the exit status."""
    if len(arguments) != 1:
        print(USAGE, file=sys.stderr)
        return 2
    sys.path.insert(0, str(ROOT))
    from app.domain.errors import LecternError
    from app.models.catalogue import sign_catalogue

    try:
        print(sign_catalogue(root / "resources" / "catalogue", Path(arguments[0])))
    except LecternError as error:
        print(error, file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
