"""What the nets are worth on pictures that they have not seen."""
