import { faultyCampaign } from './faulty-campaign.ts';

export const campaign = faultyCampaign('restores', import.meta.url);
