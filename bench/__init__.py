"""What the program does per second (测速), beside the physical limit, as ratios side by side in one run."""
