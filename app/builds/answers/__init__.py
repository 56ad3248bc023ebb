"""What an assessment says, part by part: fit, speed, verdicts, curves, roofline, trace."""
