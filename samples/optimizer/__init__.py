"""Sample service of logview: the scheduler posts a job's stops, the optimizer answers with a short tour."""
