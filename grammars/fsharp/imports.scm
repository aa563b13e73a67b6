(import_decl (long_identifier) @path) @import
