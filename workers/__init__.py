"""What runs without being asked: facts are carried to their reactions, shops are read, the clock is kept."""
