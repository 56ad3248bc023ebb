"""One catalogued thing by itself: its prices, what it stands for as a machine, what that holds."""
