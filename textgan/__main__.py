"""`python -m textgan`, as torchrun calls it."""

from textgan.cli import main

if __name__ == "__main__":
    main()
