"""What ``./dev bench control`` measures, a module for each part."""
