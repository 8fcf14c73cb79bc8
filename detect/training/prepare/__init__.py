"""From raw sets to samples: the index of the pictures, what is drawn and painted, and the streams that training reads."""
