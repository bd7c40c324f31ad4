"""What keeps the program running (运维): the embedded servers, the supervisor, migrations and the audit."""
