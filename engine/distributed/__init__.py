"""Work in shards on many processes and machines; Ray is imported only when it is asked for."""
