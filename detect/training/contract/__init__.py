"""What Python and Rust share: the settings of both nets, what is printed on plates, pixels to input, scores to plates."""
