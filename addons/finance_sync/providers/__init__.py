from . import generic
