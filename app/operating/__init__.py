"""For whoever runs the service: backups, and what they are told when something cannot be used."""
