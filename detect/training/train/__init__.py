"""The nets and the loops that teach them."""
