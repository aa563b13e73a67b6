(import_directive source: (string) @path) @import
(import_directive import_name: (identifier) @name source: (string) @path) @import
