"""E-mail by SMTP; only what may leave the house goes here: a code and a link."""
