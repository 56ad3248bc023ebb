"""What stands between the network and the faces: what every request passes, and what they share."""
