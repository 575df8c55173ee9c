"""What the commands of the program do; each module is imported when its command runs."""
