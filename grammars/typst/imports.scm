(import import: (string) @path) @import
(import import: (string) @path (binding (ident) @name)) @import
(include (string) @path) @import
