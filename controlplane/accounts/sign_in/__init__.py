"""How people sign in: passwords, second factors, a single sign-on, and how long it lasts."""
