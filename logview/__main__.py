"""`python -m logview`."""

from logview.cli.main import main

if __name__ == "__main__":
    main()
