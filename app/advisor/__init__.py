"""What to buy: every build that can be ordered, those that meet the need, and how they rank."""
