"""Who changed what, when and from where: written by the database, whichever door a change took."""
