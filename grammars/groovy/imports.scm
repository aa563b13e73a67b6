(import_declaration name: (_) @path) @import
