"""What one company's invoice is to another of ours, without the ORM."""
