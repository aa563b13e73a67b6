[(block) (case) (data_constructors) (anonymous_function)] @block
