"""Tell what US medical codes mean, in plain words, offline."""

__version__ = "0.1.0"
