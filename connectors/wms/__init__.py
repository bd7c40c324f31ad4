"""Partners' warehouses (外仓), one file per protocol: what is asked of them, and what they report."""
