"""The soak of the transports; that of the journal is ``python -m soak.journal``."""

from soak.transport import main

if __name__ == "__main__":
    main()
