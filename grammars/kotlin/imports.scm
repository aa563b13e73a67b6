(import_header (identifier) @path) @import
