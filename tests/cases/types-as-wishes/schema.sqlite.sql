CREATE TABLE [Invoice] ([InvoiceId] INTEGER NOT NULL, [InvoiceDate] DATETIME NOT NULL, [City] NVARCHAR(40), [Total] NUMERIC(10,2) NOT NULL, CONSTRAINT [PK_Invoice] PRIMARY KEY ([InvoiceId]));
CREATE TABLE [InvoiceLine] ([InvoiceLineId] NUMERIC(10,0) NOT NULL PRIMARY KEY, [InvoiceId] INTEGER NOT NULL, FOREIGN KEY ([InvoiceId]) REFERENCES [Invoice] ([InvoiceId]) ON DELETE NO ACTION);
INSERT INTO Invoice VALUES (1, '2025-02-28 00:00:00', 'Delft', 1.98), (2, '2025-03-01 00:00:00', 'Delft', 2), (3, '2025-03-01 00:00:01', 'Delft', 3);
INSERT INTO InvoiceLine VALUES (1, 1), (2, 1), (3, 2), (4, 3);
