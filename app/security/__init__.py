"""What keeps documents on this computer: environment switches, the guard on sockets, the walls around children."""
