"""Tax determination without an ORM: documents, results, rates and rules."""
