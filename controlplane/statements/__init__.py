"""What customers are billed: a frozen statement for each month, and what is corrected after."""
