CREATE TABLE seat (room integer, number integer, PRIMARY KEY (room, number));
