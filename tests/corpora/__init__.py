"""Documents that others published, taken in whole: file → message → bill → draft."""
