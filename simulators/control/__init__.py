"""The control plane (控制面): what a test or a demo may do as buyer, as platform, and as misfortune."""
