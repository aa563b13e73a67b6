(pair key: (string) @name) @definition.field
