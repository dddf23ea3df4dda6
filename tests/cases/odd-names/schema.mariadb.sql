CREATE TABLE `Order Items` (`Key` integer PRIMARY KEY, `Ended on` date, `group` varchar(10) NOT NULL, `a.b` varchar(10) NOT NULL, `sel"ect` varchar(10));
CREATE TABLE `order` (`from` integer PRIMARY KEY, `Key` integer REFERENCES `Order Items` (`Key`));
INSERT INTO `Order Items` VALUES (1, '2020-01-01', 'a', 'b', NULL), (2, '2020-01-01', 'x', 'b', NULL), (3, '2020-01-01', 'a', 'held', NULL), (4, '2020-01-01', 'a', 'b', 's'), (5, '2025-12-01', 'a', 'b', NULL);
INSERT INTO `order` VALUES (1, 1), (2, 1), (3, 2);
