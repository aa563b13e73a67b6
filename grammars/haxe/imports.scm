(import_statement (_)+ @path) @import
(using_statement (_)+ @path) @import
