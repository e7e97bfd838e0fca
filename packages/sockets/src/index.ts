/** Whose packet is it: ask Linux which socket, user, unit and process a packet belongs to. */

export {}
