[(if_condition) (foreach_command) (normal_command) (list) (dictionaries)] @block
