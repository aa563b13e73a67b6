(import_declaration [(identifier) (scoped_identifier)] @path) @import
