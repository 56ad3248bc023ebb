"""What there is to choose from: computers, cards, systems and their prices, and what can run."""
