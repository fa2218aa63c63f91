"""The link to a cloud: what is sent, what is acknowledged. It must not know screens, boards or storage."""
