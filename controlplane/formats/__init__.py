"""How dates look in the admin, the same whatever the browser asks for."""
