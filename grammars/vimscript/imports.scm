(source_statement file: (_) @path) @import
(runtime_statement (filenames (filename) @path)) @import
