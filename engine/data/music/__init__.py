"""Music from both sides: scores that are engraved, sounds that are played, and pairs of what is seen and heard at the same moment."""
