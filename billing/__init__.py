"""What a call means in money: tokens, prices, costs, windows, budgets. Standard library only."""
