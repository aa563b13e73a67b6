(declUses (moduleName) @path) @import
